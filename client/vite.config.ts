import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds a gateway. */
const gateway = 'http://127.0.0.1:3000';

export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    sourcemap: false,
    // The page's Content-Security-Policy allows no data: or inline code, so every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', sdk: 'src/sdk.ts' },
      preserveEntrySignatures: 'exports-only',
      output: { entryFileNames: ({ name }) => (name === 'sdk' ? 'sdk.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: {
    proxy: { '/ws': { target: gateway, ws: true }, '/ready': gateway },
  },
});
